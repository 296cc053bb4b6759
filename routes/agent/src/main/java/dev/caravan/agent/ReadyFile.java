package dev.caravan.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file that a service writes when it serves, for whoever started it. */
public final class ReadyFile {
    private ReadyFile() {
    }

    /** Marks the service of that directory as serving. */
    public static void write(Path directory) throws IOException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("ready"), Long.toString(ProcessHandle.current().pid()));
    }
}
