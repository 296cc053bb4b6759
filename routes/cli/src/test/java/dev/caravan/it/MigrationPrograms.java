package dev.caravan.it;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;

/**
 * The programs that come and go with a migration on a host: CRIU, its runc, the gate's scripts. They are known by the
 * directory that the host keeps for the migration, where they work or which is in their command lines.
 */
final class MigrationPrograms {
    enum Kind {
        CRIU, RUNC, GATE, LAUNCHER
    }

    private static final Path PROC = Path.of("/proc");

    private final Path directory;

    /** @param directory of one migration, or of all migrations, on a host's tmpfs */
    MigrationPrograms(Path directory) {
        this.directory = directory;
    }

    /** Those of a kind that run now. */
    List<ProcessHandle> find(Kind kind) {
        return processes(process -> switch (kind) {
            // started by its loader where it is installed for Caravan alone
            case CRIU -> worksHere(process)
                    && (program(process).equals("criu") || program(process).startsWith("ld-linux"));
            case RUNC -> program(process).equals("runc") && namesDirectory(process);
            case GATE -> command(process).contains(directory.resolve("gate/gate.sh").toString());
            case LAUNCHER -> command(process).contains(directory.resolve("gate/launch.sh").toString())
                    && !program(process).equals("setsid");
        });
    }

    /** All of them. */
    List<String> all() {
        return processes(process -> worksHere(process) || namesDirectory(process)).stream()
                .map(process -> process.pid() + " " + command(PROC.resolve(Long.toString(process.pid())))).toList();
    }

    private static List<ProcessHandle> processes(Predicate<Path> wanted) {
        Path own = link(PROC.resolve("self/ns/pid"));
        // a restored process is still CRIU when it is made, but lives in a namespace of its own
        return ProcessHandle.allProcesses().filter(process -> {
            Path directory = PROC.resolve(Long.toString(process.pid()));
            return wanted.test(directory) && link(directory.resolve("ns/pid")).equals(own);
        }).toList();
    }

    private boolean worksHere(Path process) {
        return link(process.resolve("cwd")).startsWith(directory);
    }

    private boolean namesDirectory(Path process) {
        return command(process).contains(directory.toString());
    }

    private static String program(Path process) {
        return String.valueOf(link(process.resolve("exe")).getFileName());
    }

    private static String command(Path process) {
        try {
            return Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1).replace('\0', ' ');
        } catch (IOException e) {
            return ""; // it has ended
        }
    }

    private static Path link(Path link) {
        try {
            return Files.readSymbolicLink(link);
        } catch (IOException e) {
            return Path.of(""); // it has ended
        }
    }
}
