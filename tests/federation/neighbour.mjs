// A small subgraph beside Okno: `node neighbour.mjs parking|lockers PORT ROWS.json`; each row is {number, holder: {a key of Employee}}.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { parse } from "graphql";
import { createYoga } from "graphql-yoga";

const [name, port, file] = process.argv.slice(2);
const rows = JSON.parse(readFileSync(file, "utf8"));
const some = (_root, { first }) => rows.slice(0, first);
const of = (key) => (employee) => rows.find((row) => row.holder[key] === employee[key]);
const byNumber = { __resolveReference: ({ number }) => rows.find((row) => row.number === number) };

const resolvers = {
  parking: {
    Query: { parkingPlaces: some },
    ParkingPlace: byNumber,
    Employee: { __resolveReference: (employee) => employee, parkingPlace: of("id") },
  },
  lockers: {
    Query: { lockers: some },
    Locker: byNumber,
    Employee: {
      __resolveReference: (employee) => employee,
      locker: of("login"),
      lockerLabel: ({ login, personnelNumber }) => `${login} ${personnelNumber}`,
    },
  },
}[name];

const sdl = readFileSync(fileURLToPath(new URL(`${name}.graphql`, import.meta.url)), "utf8");
const schema = buildSubgraphSchema({ typeDefs: parse(sdl), resolvers });
createServer(createYoga({ schema, logging: "warn" })).listen(Number(port), "127.0.0.1");
