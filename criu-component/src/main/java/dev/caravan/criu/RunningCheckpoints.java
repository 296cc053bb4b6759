package dev.caravan.criu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Finds a {@code runc checkpoint} that is under way, whoever started it. */
final class RunningCheckpoints {

    private RunningCheckpoints() {
    }

    static boolean of(Path root, String id) {
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                if (isCheckpoint(arguments(process), root, id)) {
                    return true;
                }
            }
            return false;
        } catch (IOException e) {
            return false;
        }
    }

    static boolean isCheckpoint(List<String> arguments, Path root, String id) {
        int last = arguments.size() - 1;
        return last > 0 && arguments.get(last).equals(id) && arguments.contains("checkpoint")
                && arguments.contains(root.toString());
    }

    private static List<String> arguments(Path process) {
        try {
            return List.of(Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1).split("\0"));
        } catch (IOException e) {
            return List.of(); // it has ended
        }
    }
}
