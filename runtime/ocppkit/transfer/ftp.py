"""Files by FTP and FTPS (RFC 959, RFC 4217), with the standard library in a thread.

``ftps`` asks for TLS with AUTH TLS; at port 990 TLS comes first. Paths are as in RFC 1738 §3.2.2:
from where the login leads, and from the root with ``%2F`` in front.
"""

from __future__ import annotations

import asyncio
import ftplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from ocppkit.transfer.errors import AccessRefused, TransferFailed
from ocppkit.transfer.location import Location
from ocppkit.transfer.partial import PartialFile
from ocppkit.transfer.port import Progress
from ocppkit.transfer.settings import TransferSettings
from ocppkit.transfer.transfers import Tls

__all__ = ["fetch", "send"]

_BLOCK: Final = 1 << 14  # has to pass within the idle timeout
_IMPLICIT: Final = 990
_NOT_LOGGED_IN: Final = ("530", "532")
_REFUSED: Final = (ftplib.Error, EOFError)


async def fetch(
    location: Location,
    part: PartialFile,
    progress: Progress,
    *,
    settings: TransferSettings,
    tls: Tls,
) -> None:
    """Fetch a file, and no more of it than what is missing.

    Raises:
        TransferFailed: it did not come.
        OSError: the network fails, or the disk does not take it.
    """

    def work(client: _Client) -> None:
        name = client.enter(location.segments)
        size = client.known(lambda: client.ftp.size(name))
        changed = client.known(lambda: client.ftp.voidcmd(f"MDTM {name}"))
        validator = None if size is None or changed is None else f"{size} {changed}"
        at = part.size if validator is not None and validator == part.validator else 0
        try:
            data = client.opened(f"RETR {name}", at)
        except ftplib.error_perm:
            if at == 0:
                raise
            at, data = 0, client.opened(f"RETR {name}", 0)
        with data:
            part.begin(at=at, validator=validator, total=size)
            client.tell(progress, part.size, size)
            while block := data.recv(_BLOCK):
                part.write(block)
                client.tell(progress, part.size, size)
            client.end_of(data)
        part.finish()

    await _run(work, location, settings, tls)


async def send(
    source: Path,
    location: Location,
    name: str,
    progress: Progress,
    *,
    settings: TransferSettings,
    tls: Tls,
    resume: bool,
) -> None:
    """Send a file.

    Args:
        source: the file.
        location: the directory.
        name: in that.
        progress: told how far it is.
        settings: of the transfer.
        tls: gives the TLS settings.
        resume: whether what is there under that name is the beginning of it.

    Raises:
        TransferFailed: it was not taken.
        OSError: the network fails, or the file cannot be read.
    """

    def work(client: _Client) -> None:
        client.enter([*location.segments, name])
        with source.open("rb") as file:
            size = source.stat().st_size
            there = client.known(lambda: client.ftp.size(name)) if resume else None
            at = there if there is not None and there < size else 0
            file.seek(at)
            with client.opened(f"STOR {name}", at) as data:
                while block := file.read(_BLOCK):
                    data.sendall(block)
                    at += len(block)
                    client.tell(progress, at, size)
                client.end_of(data)

    await _run(work, location, settings, tls)


async def _run(
    work: Callable[[_Client], None], location: Location, settings: TransferSettings, tls: Tls
) -> None:
    context = await tls() if location.scheme == "ftps" else None
    loop = asyncio.get_running_loop()
    client = _Client(location, settings, context, loop)
    doing = loop.run_in_executor(None, client.run, work)
    try:
        await asyncio.shield(doing)
    except asyncio.CancelledError:
        client.abort()
        while not doing.done():  # or it would go on writing beside whoever tries again
            with suppress(asyncio.CancelledError):
                await asyncio.wait({doing})
        with suppress(Exception):
            doing.result()
        raise


class _Tls(ftplib.FTP_TLS):
    """FTP with TLS on both connections; the second resumes the first, as many servers ask for.

    Attributes:
        begun: the connection whose handshake is under way or over: another thread may end it.
    """

    begun: ssl.SSLSocket | None = None

    def auth(self) -> str:
        """Go over to TLS."""
        answer = self.voidcmd("AUTH TLS")
        plain: Any = self.sock  # there is one since the connection was made
        self.sock = self._wrapped(plain)
        self.file = self.sock.makefile("r", encoding=self.encoding)
        return answer

    def ntransfercmd(
        self, cmd: str, rest: int | str | None = None
    ) -> tuple[socket.socket, int | None]:
        data, size = ftplib.FTP.ntransfercmd(self, cmd, rest)  # noqa: S321  # with TLS: below
        control: Any = self.sock  # wrapped since the login, which ftplib's types cannot tell
        return self._wrapped(data, session=control.session), size

    def connect_implicitly(self, host: str, port: int, timeout: float) -> None:
        """Connect where TLS comes first."""
        self.host, self.port, self.timeout = host, port, timeout
        plain = socket.create_connection((host, port), timeout)
        self.af = plain.family
        self.sock = self._wrapped(plain)
        self.file = self.sock.makefile("r", encoding=self.encoding)
        self.welcome = self.getresp()

    def _wrapped(self, plain: socket.socket, **more: Any) -> ssl.SSLSocket:
        self.begun = self.context.wrap_socket(
            plain, server_hostname=self.host, do_handshake_on_connect=False, **more
        )
        try:
            self.begun.do_handshake()
        except BaseException:
            self.begun.close()
            raise
        return self.begun


class _Client:
    """A connection with a server, for one thread; `abort` is for another.

    Attributes:
        ftp: the connection.
    """

    def __init__(
        self,
        location: Location,
        settings: TransferSettings,
        context: ssl.SSLContext | None,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.ftp = ftplib.FTP() if context is None else _Tls(context=context)  # noqa: S321  # the CSMS asks for it
        self._location = location
        self._settings = settings
        self._loop = loop
        self._data: socket.socket | None = None
        self._aborted = False

    def run(self, work: Callable[[_Client], None]) -> None:
        """Log in, do something, and leave.

        Raises:
            TransferFailed: the server refuses something.
            OSError: the network or the disk fails.
        """
        try:
            self._login()
            work(self)
            with suppress(OSError, *_REFUSED):
                self.ftp.quit()
        except _REFUSED as error:
            said = str(error) or "the server has gone"
            kind = AccessRefused if said.startswith(_NOT_LOGGED_IN) else TransferFailed
            raise kind(f"the server says: {said}") from error
        finally:
            self.ftp.close()

    def enter(self, names: list[str]) -> str:
        """Go into the directories of a path; the name of the file in the last one."""
        *folders, name = names
        for number, folder in enumerate(folders):
            if folder:
                self.ftp.cwd(folder)
            elif number == 0 and len(folders) > 1:
                self.ftp.cwd("/")
        if not name:
            raise TransferFailed("the URL names no file")
        self.ftp.voidcmd("TYPE I")
        return name

    def known(self, ask: Callable[[], Any]) -> Any:
        """What a server may tell; None where it does not."""
        try:
            return ask()
        except ftplib.error_perm:
            return None

    def opened(self, command: str, at: int) -> socket.socket:
        """A data connection that begins so far into the file."""
        self._data = self.ftp.transfercmd(command, at or None)
        self._check()
        return self._data

    def end_of(self, data: socket.socket) -> None:
        """End a data connection and have the server say that all went well."""
        if isinstance(data, ssl.SSLSocket):
            with suppress(OSError):  # some servers only close
                data.unwrap()
        data.close()
        self.ftp.voidresp()

    def tell(self, progress: Progress, done: int, total: int | None) -> None:
        """Tell of progress in the thread of the event loop."""
        self._check()
        self._loop.call_soon_threadsafe(progress, done, total)

    def abort(self) -> None:
        """Have the other thread fail as soon as may be."""
        self._aborted = True
        shaking = self.ftp.begun if isinstance(self.ftp, _Tls) else None
        for each in (self._data, self.ftp.sock, shaking):
            if each is not None:
                with suppress(OSError):
                    # Not its own: that of TLS changes what the other thread is using.
                    socket.socket.shutdown(each, socket.SHUT_RDWR)

    def _check(self) -> None:
        if self._aborted:
            raise TransferFailed("cancelled")

    def _login(self) -> None:
        location, settings, ftp = self._location, self._settings, self.ftp
        if isinstance(ftp, _Tls) and location.port == _IMPLICIT:
            ftp.connect_implicitly(location.host, location.port, settings.connect_timeout)
        else:
            ftp.connect(location.host, location.port, settings.connect_timeout)
        ftp.timeout = settings.idle_timeout
        if ftp.sock is not None:
            ftp.sock.settimeout(settings.idle_timeout)
        self._check()
        ftp.set_pasv(settings.ftp_passive)
        ftp.login(location.user or "anonymous", location.password or "")
        if isinstance(ftp, _Tls):
            ftp.prot_p()
        self._check()
