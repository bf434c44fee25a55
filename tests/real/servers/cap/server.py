"""SAP CAP: the HR system over OData v4, on the `hr` database."""

import json
import secrets
from typing import ClassVar
from urllib.parse import urlsplit

from tests.real.servers.server import Facts, Server, Site, nested
from tests.real.servers.wire import Refused, answers, basic, call, expect


class Cap(Server):
    """Two people may sign in: `reader` may only read, `writer` everything."""

    title = "HR system, OData v4"
    ports: ClassVar = {"http": 27404}
    needs = ("postgres",)

    def install(self, site: Site) -> None:
        site.node()

    def start(self, site: Site) -> Facts:
        node, port = site.node(), site.port("http")
        people = {name: site.secret(name) for name in ("reader", "writer")}
        databases = nested(site.others["postgres"], "databases")
        at = urlsplit(databases["hr"]["owner"])
        requires = {
            "db": {
                "credentials": {
                    "host": at.hostname,
                    "port": at.port,
                    "user": at.username,
                    "password": at.password,
                    "database": at.path.strip("/"),
                }
            },
            "auth": {
                "users": {
                    "reader": {"password": people["reader"], "roles": []},
                    "writer": {"password": people["writer"], "roles": ["writer"]},
                    "*": False,
                }
            },
        }
        site.spawn(
            node.program,
            node.folder / "start.js",
            cwd=node.folder,
            env={"PORT": str(port), "CDS_CONFIG": json.dumps({"requires": requires})},
        )
        url = f"http://127.0.0.1:{port}/odata/v4/hr"
        site.wait(lambda: answers(f"{url}/Employees/$count", basic("reader", people["reader"])))
        credentials = {name: {"user": name, "password": password} for name, password in people.items()}
        return {"url": url, "port": port, "credentials": credentials, "keeps_data": True}

    def prove(self, facts: Facts) -> str:
        credentials = nested(facts, "credentials")
        reader, writer = (basic(**credentials[name]) for name in ("reader", "writer"))
        person, department = (secrets.token_hex(5) for _ in range(2))
        employees, departments = f"{facts['url']}/Employees", f"{facts['url']}/Departments"
        new = {
            "personIdExternal": person,
            "lastName": "Пруф",
            "jobs": [{"position": "Analyst", "fte": 1}],
            "absences": [{"kind": "vacation", "startDate": "2030-01-01", "endDate": "2030-01-14"}],
        }
        call("POST", departments, writer, {"code": department, "name": "Proofs"})
        call("POST", employees, writer, new)
        try:
            call("PATCH", f"{employees}('{person}')", reader, {"title": "Spy"})
        except Refused as refusal:
            denied = " 403 " in str(refusal)
        else:
            denied = False
        call("POST", f"{employees}('{person}')/HRService.transfer", writer, {"department": department})
        found = call(
            "GET",
            f"{employees}?$filter=personIdExternal%20in%20('{person}','none')"
            "&$expand=department,jobs,absences&$count=true",
            reader,
        )
        call("DELETE", f"{employees}('{person}')", writer)
        call("DELETE", f"{departments}('{department}')", writer)
        assert isinstance(found, dict)
        row = found["value"][0]
        expect(found["@odata.count"] == 1 and row["department"]["name"] == "Proofs", "a transfer is read back")
        expect(len(row["jobs"]) == len(row["absences"]) == 1, "jobs and absences are read with the person")
        expect(denied and row["title"] is None, "the reader may not write")
        return "employee written deep, transferred, read with $filter in and $expand; the reader's write was refused"


SERVER = Cap()
