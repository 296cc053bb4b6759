package dev.caravan.lab;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A small root file system from programs of this machine: each is copied with the libraries that it loads. */
final class SampleRoot {
    /** A Redis server that keeps its data in memory only. */
    static final List<String> REDIS = List.of("redis-server", "--bind", "0.0.0.0", "--protected-mode", "no", "--save",
            "", "--dir", "/data");

    private static final List<String> DIRECTORIES = List.of("bin", "data", "dev", "etc", "proc", "sys", "tmp");
    private static final List<String> TOOLS = List.of("sh", "cat", "date", "echo", "ls", "mkdir", "rm", "seq", "sleep",
            "true");
    private static final Pattern LIBRARY = Pattern.compile("(?:=> |^\\s*)(/\\S+) \\(0x", Pattern.MULTILINE);
    private static final int MAX_INTERPRETER_LINE = 256;

    private final Path rootfs;

    private SampleRoot(Path rootfs) {
        this.rootfs = rootfs;
    }

    /**
     * Makes a root file system in which {@code command} runs.
     *
     * @return the command as it is in there
     */
    static List<String> make(Path rootfs, List<String> command) throws IOException {
        SampleRoot root = new SampleRoot(rootfs);
        for (String directory : DIRECTORIES) {
            Files.createDirectories(rootfs.resolve(directory));
        }
        Files.writeString(rootfs.resolve("etc/passwd"), "root:x:0:0:root:/:/bin/sh\n");
        Files.writeString(rootfs.resolve("etc/group"), "root:x:0:\n");
        for (String tool : TOOLS) {
            if (Program.find(tool).isPresent()) {
                root.add(tool, "/bin/" + tool);
            }
        }
        Path program = Path.of(command.get(0));
        String inside = program.isAbsolute() ? program.normalize().toString() : "/bin/" + program.getFileName();
        root.add(command.get(0), inside);
        List<String> adapted = new ArrayList<>(command);
        adapted.set(0, inside);
        return adapted;
    }

    private void add(String program, String inside) throws IOException {
        Path found = Program.find(program).orElseThrow(() -> new LabFailed("there is no program " + program
                + " on this machine to put into a container; give its path, or a bundle with --bundle"));
        copy(found, inside);
        String interpreter = interpreter(found);
        if (interpreter != null) {
            add(interpreter, interpreter);
            return;
        }
        Matcher libraries = LIBRARY.matcher(Program.attempt("ldd", found.toString()).output());
        while (libraries.find()) {
            copy(Path.of(libraries.group(1)), libraries.group(1));
        }
    }

    private void copy(Path file, String inside) throws IOException {
        Path target = rootfs.resolve(inside.substring(1)).normalize();
        if (!target.startsWith(rootfs)) {
            throw new LabFailed(inside + " is not a path below a root directory");
        }
        Files.createDirectories(target.resolve("..").normalize());
        try {
            Files.copy(file.toRealPath(), target, StandardCopyOption.COPY_ATTRIBUTES);
        } catch (FileAlreadyExistsException e) {
            // several programs load one library
        }
    }

    /** The program that runs a script; null if {@code file} is none. */
    private static String interpreter(Path file) throws IOException {
        byte[] start;
        try (InputStream in = Files.newInputStream(file)) {
            start = in.readNBytes(MAX_INTERPRETER_LINE);
        }
        String line = new String(start, StandardCharsets.ISO_8859_1).lines().findFirst().orElse("");
        return line.startsWith("#!") ? line.substring(2).strip().split("\\s+")[0] : null;
    }
}
