"""OpenLDAP's server with a small tree, a child on a loopback port that the test stops."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.running import free_offset

SUFFIX: Final = "dc=example,dc=test"
PEOPLE: Final = f"ou=people,{SUFFIX}"
MANAGER: Final = (f"cn=manager,{SUFFIX}", "the manager's secret")
_SCHEMAS: Final = ("core", "cosine", "inetorgperson")


@dataclass
class Slapd:
    """A running server."""

    folder: Path
    program: str
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is, without TLS at first."""
        return f"ldap://localhost:{self.port}"

    def start(self) -> None:
        """Start it and wait until it listens."""
        words: list[str | Path] = [
            self.program,
            "-d",
            "0",
            "-f",
            self.folder / "slapd.conf",
            "-h",
            f"ldap://127.0.0.1:{self.port}/",
        ]
        self.process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            if self.process.poll() is not None:
                raise AssertionError("slapd did not start")
            if b"dn:" in self.ldap("ldapsearch", "-s", "base", "-b", SUFFIX, "dn", check=False):
                return
            time.sleep(0.05)
        raise AssertionError("slapd does not answer")

    def kill(self) -> None:
        """Kill it."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def ldap(self, program: str, *words: str, given: str = "", check: bool = True) -> bytes:
        """Run one of OpenLDAP's own clients as the manager."""
        who = ["-x", "-H", f"ldap://127.0.0.1:{self.port}/", "-D", MANAGER[0], "-w", MANAGER[1]]
        return subprocess.run([program, *who, *words], input=given.encode(), capture_output=True, check=check, timeout=30).stdout

    def add(self, name: str, password: str = "", **attributes: str | list[str]) -> str:
        """Add somebody; returns the distinguished name."""
        dn = f"uid={name},{PEOPLE}"
        lines = [f"dn: {dn}", "objectClass: inetOrgPerson", f"uid: {name}", f"cn: {name}", f"sn: {name}"]
        lines += [f"userPassword: {password}"] if password else []
        for key, values in attributes.items():
            lines += [f"{key}: {value}" for value in ([values] if isinstance(values, str) else values)]
        self.ldap("ldapadd", given="\n".join(lines) + "\n")
        return dn

    def remove(self, dn: str) -> None:
        """Remove an entry."""
        self.ldap("ldapdelete", dn)


@contextmanager
def slapd(folder: Path, program: str, certificate: Path, key: Path) -> Iterator[Slapd]:
    """A server with TLS, and nobody in it yet."""
    server = Slapd(folder, program, free_offset() + 389)
    (folder / "data").mkdir()
    schemas = "".join(f"include /etc/ldap/schema/{name}.schema\n" for name in _SCHEMAS)
    (folder / "slapd.conf").write_text(f"""{schemas}
pidfile {folder / "slapd.pid"}
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCertificateFile {certificate}
TLSCertificateKeyFile {key}
security simple_bind=0
sizelimit unlimited
disallow bind_anon
database mdb
suffix "{SUFFIX}"
rootdn "{MANAGER[0]}"
rootpw "{MANAGER[1]}"
directory {folder / "data"}
access to attrs=userPassword by anonymous auth by * none
access to * by users read by anonymous auth
""")
    tree = f"dn: {SUFFIX}\nobjectClass: domain\ndc: example\n\ndn: {PEOPLE}\nobjectClass: organizationalUnit\nou: people\n"
    (folder / "tree.ldif").write_text(tree)
    adder = Path(program).with_name("slapadd")
    subprocess.run([adder, "-f", folder / "slapd.conf", "-l", folder / "tree.ldif"], check=True, capture_output=True, timeout=30)
    server.start()
    try:
        yield server
    finally:
        if server.process is not None and server.process.poll() is None:
            server.process.terminate()
            server.process.wait(10)
