"""PostGraphile 4: the equipment register over GraphQL, on the `cmdb` database."""

import secrets
from typing import ClassVar

from tests.real.servers.server import Facts, Server, Site, nested
from tests.real.servers.wire import Refused, call, expect

CREATE = """mutation($tag: String!) {
  createAsset(input: {asset: {tag: $tag, kind: "laptop"}}) { asset { id tag status } } }"""
READ = "query($tag: String!) { assetByTag(tag: $tag) { tag kind status serialNumber assignedTo } }"
DELETE = "mutation($tag: String!) { deleteAssetByTag(input: {tag: $tag}) { asset { tag } } }"


class PostGraphile(Server):
    """No credentials of its own: it listens on loopback and acts as the owner of the database."""

    title = "equipment register, GraphQL"
    ports: ClassVar = {"http": 27403}
    needs = ("postgres",)

    def install(self, site: Site) -> None:
        site.node()

    def start(self, site: Site) -> Facts:
        node, port = site.node(), site.port("http")
        databases = nested(site.others["postgres"], "databases")
        site.spawn(
            node.program,
            node.folder / "node_modules/postgraphile/cli.js",
            "-s",
            "public",
            "-n",
            "127.0.0.1",
            "-p",
            str(port),
            "--simple-collections",
            "omit",
            "--dynamic-json",
            "--disable-graphiql",
            "--disable-query-log",
            "--max-pool-size",
            "8",
            "--body-size-limit",
            "1MB",
            env={"DATABASE_URL": databases["cmdb"]["owner"]},
            cwd=node.folder,
        )
        url = f"http://127.0.0.1:{port}/graphql"
        site.wait(lambda: _answers(url))
        return {"url": url, "port": port, "keeps_data": True}

    def prove(self, facts: Facts) -> str:
        url, variables = str(facts["url"]), {"tag": f"T-{secrets.token_hex(4)}"}
        _ask(url, CREATE, variables)
        read = _ask(url, READ, variables)["assetByTag"]
        _ask(url, DELETE, variables)
        expect(isinstance(read, dict) and read["status"] == "in_stock", "a created asset is read by its tag")
        return "asset created, read by tag, deleted"


def _ask(url: str, query: str, variables: dict[str, str]) -> dict[str, object]:
    answer = call("POST", url, body={"query": query, "variables": variables})
    if not isinstance(answer, dict) or answer.get("errors"):
        raise Refused(f"GraphQL: {answer}")
    data: dict[str, object] = answer["data"]
    return data


def _answers(url: str) -> bool:
    try:
        return _ask(url, "{ allAssets(first: 1) { totalCount } }", {}) != {}
    except Refused:
        return False


SERVER = PostGraphile()
