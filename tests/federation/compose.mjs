// Composes subgraphs with one public library: {library, subgraphs: [{name, url, sdl}]} comes in as JSON, what the library says goes out as JSON.
import { readFileSync } from "node:fs";
import { composeServices as composeByApollo } from "@apollo/composition";
import { Supergraph } from "@apollo/federation-internals";
import { composeServices as composeByGuild } from "@theguild/federation-composition";
import { buildSchema, lexicographicSortSchema, parse, print, printSchema, visit } from "graphql";

const { library, subgraphs } = JSON.parse(readFileSync(0, "utf8"));
const services = subgraphs.map(({ name, url, sdl }) => ({ name, url, typeDefs: parse(sdl) }));

// one library leaves definitions of directives and @oneOf in what clients see, the other takes them away
const SEEN_BY_CLIENTS = new Set(["deprecated", "specifiedBy"]);
const bare = (sdl) =>
  print(visit(parse(sdl), { DirectiveDefinition: () => null, Directive: ({ name }) => (SEEN_BY_CLIENTS.has(name.value) ? undefined : null) }));
const sorted = (sdl) => printSchema(lexicographicSortSchema(buildSchema(bare(sdl))));

const LIBRARIES = {
  apollo() {
    const { errors, hints, supergraphSdl } = composeByApollo(services);
    const api = supergraphSdl && printSchema(Supergraph.build(supergraphSdl).apiSchema().toGraphQLJSSchema());
    const told = hints?.map(({ definition, message }) => `${definition.level.name} ${definition.code}: ${message}`);
    return { errors, supergraphSdl, api, hints: told };
  },
  guild() {
    const { errors, supergraphSdl, publicSdl } = composeByGuild(services);
    return { errors, supergraphSdl, api: publicSdl };
  },
};

const { errors, hints, supergraphSdl, api } = LIBRARIES[library]();
const told = (errors ?? []).map(({ message, extensions }) => ({ code: extensions?.code ?? null, message }));
const said = { errors: told, hints: hints ?? [], supergraph: supergraphSdl ?? null, api: api ? sorted(api) : null };
process.stdout.write(JSON.stringify(said));
