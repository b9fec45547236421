"""The machines that a bundle can be for: their Python, their C library, and the ONNX Runtime that fits."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class System:
    """A release of a distribution: the name that Debian's archive gives it, its Python, its glibc 2.x."""

    suite: str
    python: str
    glibc: int


#: Debian 13 is the one that is tested.
SYSTEMS = {
    "debian13": System("trixie", "3.13", 41),
    "ubuntu24.04": System("noble", "3.12", 39),
    "ubuntu26.04": System("resolute", "3.14", 43),
}

#: ONNX Runtime's builds, by the extra of the project that names one.
RUNTIMES = {"cpu": "cpu", "cuda13": "gpu", "cuda12": "gpu-cuda12"}

#: Debian's names of processors.
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}

#: The oldest glibc that wheels are still built for (PEP 599 and PEP 600).
_LEAST_GLIBC = 17


@dataclass(frozen=True, slots=True)
class Target:
    """One kind of machine."""

    system: str
    machine: str
    runtime: str

    @property
    def name(self) -> str:
        """As files are called."""
        return f"scene-sense-{self.system}-{self.machine}-{self.runtime}"

    @property
    def python(self) -> str:
        """Its Python, as 3.13."""
        return SYSTEMS[self.system].python

    @property
    def extra(self) -> str:
        """The extra of the project that brings its ONNX Runtime."""
        return RUNTIMES[self.runtime]

    def pip_arguments(self) -> list[str]:
        """What makes pip choose wheels for that machine and not for this one."""
        system = SYSTEMS[self.system]
        platforms = [
            f"manylinux_2_{minor}_{self.machine}" for minor in range(system.glibc, _LEAST_GLIBC - 1, -1)
        ]
        platforms.append(f"manylinux2014_{self.machine}")
        abis = ["cp" + system.python.replace(".", ""), "abi3", "none"]
        return [
            "--only-binary=:all:",
            "--python-version",
            system.python,
            "--implementation",
            "cp",
            *(word for platform in platforms for word in ("--platform", platform)),
            *(word for abi in abis for word in ("--abi", abi)),
        ]
