// A CSMS in strict mode: it checks every payload, received or sent, against its schema.
//
// Standard output: one JSON object a line, with `event`: "listening", "connected", "call" (a
// request that was taken), "answer" and "refusal" (to a request of ours), "fault" (a rule was
// broken). Standard input: one request a line, with `id`, `action` and `payload`. It ends with its
// input.

import { createInterface } from "node:readline";

import { RPCServer, createRPCError } from "ocpp-rpc";

const accepted = { status: "Accepted" };
const boot = () => ({ ...accepted, currentTime: new Date().toISOString(), interval: 300 });
const heartbeat = () => ({ currentTime: new Date().toISOString() });
const nothing = () => ({});

const ANSWERS = {
  "ocpp1.6": {
    Authorize: () => ({ idTagInfo: accepted }),
    BootNotification: boot,
    DataTransfer: () => accepted,
    Heartbeat: heartbeat,
    MeterValues: nothing,
    StartTransaction: () => ({ transactionId: 42, idTagInfo: accepted }),
    StatusNotification: nothing,
    StopTransaction: nothing,
  },
  "ocpp2.0.1": {
    Authorize: () => ({ idTokenInfo: accepted }),
    BootNotification: boot,
    Heartbeat: heartbeat,
    MeterValues: nothing,
    NotifyEvent: nothing,
    NotifyReport: nothing,
    SecurityEventNotification: nothing,
    StatusNotification: nothing,
    TransactionEvent: ({ idToken }) => (idToken ? { idTokenInfo: accepted } : {}),
  },
};

const tell = (event, more) => process.stdout.write(`${JSON.stringify({ event, ...more })}\n`);

const server = new RPCServer({ protocols: Object.keys(ANSWERS), strictMode: true });
const arrived = new Promise((resolve) => server.once("client", resolve));

server.on("error", (error) => tell("fault", { kind: "server", reason: String(error) }));
server.on("upgradeAborted", ({ error }) =>
  tell("fault", { kind: "handshake", reason: String(error) }),
);
server.on("client", (client) => {
  client.on("badMessage", ({ buffer, error }) =>
    tell("fault", { kind: "message", reason: String(error), message: String(buffer) }),
  );
  client.on("strictValidationFailure", ({ error, method, params, result, outbound }) =>
    tell("fault", {
      kind: "schema",
      reason: `${error} ${JSON.stringify(error.details)}`,
      action: method,
      message: result ?? params,
      outbound,
    }),
  );
  client.on("callError", ({ outbound, method, error }) => {
    if (!outbound) tell("fault", { kind: "refused", reason: String(error), action: method });
  });
  client.handle(({ method, params }) => {
    const answer = ANSWERS[client.protocol][method];
    if (!answer) throw createRPCError("NotImplemented", method);
    tell("call", { action: method, payload: params });
    return answer(params);
  });
  tell("connected", { identity: client.identity, protocol: client.protocol });
});

const listener = await server.listen(0, "127.0.0.1");
tell("listening", { port: listener.address().port });

for await (const line of createInterface({ input: process.stdin })) {
  const { id, action, payload } = JSON.parse(line);
  const client = await arrived;
  try {
    tell("answer", { id, payload: await client.call(action, payload) });
  } catch (error) {
    tell("refusal", { id, code: error.rpcErrorCode ?? "", reason: String(error) });
  }
}
await server.close({ force: true });
