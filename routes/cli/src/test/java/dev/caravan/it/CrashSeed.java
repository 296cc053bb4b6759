package dev.caravan.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Which share of the {@link CrashMatrix} a run takes: {@code -Dcaravan.crash.seed=NUMBER}; else the number that the build
 * server counts its runs by; else one more than the last of this working copy; else, in a fresh one, any.
 */
final class CrashSeed {
    static final String PROPERTY = "caravan.crash.seed";

    /** GitHub, GitLab, Jenkins and those that follow it. */
    private static final List<String> RUN_NUMBERS = List.of("GITHUB_RUN_NUMBER", "CI_PIPELINE_IID", "BUILD_NUMBER");

    private CrashSeed() {
    }

    /** @param last the file that keeps the seed for the next run */
    static long of(Path last) {
        String wanted = System.getProperty(PROPERTY);
        if (wanted != null) {
            return Long.parseLong(wanted);
        }
        long seed = next(System.getenv(), last, new Random());
        try {
            Files.writeString(last, Long.toString(seed));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return seed;
    }

    static long next(Map<String, String> environment, Path last, Random random) {
        return RUN_NUMBERS.stream().map(environment::get)
                .filter(number -> number != null && number.matches("\\d{1,18}"))
                .findFirst().map(Long::parseLong).orElseGet(() -> {
                    try {
                        return Long.parseLong(Files.readString(last).strip()) + 1;
                    } catch (IOException | NumberFormatException e) {
                        return (long) random.nextInt(CrashMatrix.SHARES);
                    }
                });
    }
}
