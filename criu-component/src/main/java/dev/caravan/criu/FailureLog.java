package dev.caravan.criu;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The logs that a failed dump or restore left, and what they say. CRIU's log is long and tells everything; only its
 * errors count. runc's tells that CRIU failed, or why it never came to CRIU.
 */
final class FailureLog {

    /** What is read of a log at most: its end, in bytes. */
    private static final int MAX_READ = 4 * 1024 * 1024;

    private static final int TAIL_LINES = 40;

    /** What every container's log has and means nothing: refused limits, and the consequences of the real error. */
    private static final Pattern NOISE = Pattern.compile(
            "RLIMIT_NOFILE|Dumping FAILED|Restoring FAILED|failed with -1$|exited, status=|criu failed: type|"
                    + "is not supported, skipping|cgroupns not supported");

    /** Longest line that is looked at, in characters: a longer one is no message. */
    private static final int MAX_LINE = 4096;

    /** Most lines with errors that are looked at: a container can have lines of its own in a log, by names of files. */
    private static final int MAX_ERRORS = 200;

    // possessive, so that neither the stack nor the time depends on what a line holds
    private static final Pattern ERROR = Pattern.compile("\\bError \\([^()]*+\\): (.*)");
    private static final Pattern RUNC = Pattern
            .compile("\"level\":\"(?:error|fatal)\",\"msg\":\"((?:[^\"\\\\]|\\\\.)*+)\"");

    private final Path path;
    private final List<String> criu;
    private final List<String> runc;

    private FailureLog(Path path, List<String> criu, List<String> runc) {
        this.path = path;
        this.criu = criu;
        this.runc = runc;
    }

    /** Reads both; a file that is absent says nothing. */
    static FailureLog read(BoundedLog criuLog, Path runcLog) {
        List<String> criu = new ArrayList<>(lines(criuLog.earlier()));
        criu.addAll(lines(criuLog.path()));
        return new FailureLog(criu.isEmpty() ? runcLog : criuLog.path(), criu, lines(runcLog));
    }

    /** One sentence: the known meaning, else CRIU's first error, else runc's, else what the caller knows. */
    String cause(String otherwise) {
        List<String> telling = new ArrayList<>();
        criu.stream().filter(line -> line.contains("Error (")).limit(MAX_ERRORS).forEach(telling::add);
        telling.addAll(runc.subList(Math.max(0, runc.size() - MAX_ERRORS), runc.size()));
        telling.replaceAll(line -> line.length() > MAX_LINE ? line.substring(0, MAX_LINE) : line);
        return KnownCauses.in(telling).or(() -> first(ERROR, telling).map(said -> "CRIU says: " + said))
                .or(() -> first(RUNC, telling).map(said -> "runc says: " + said))
                .orElse(criu.isEmpty() ? otherwise : "CRIU failed and its log does not say why");
    }

    LogExcerpt excerpt() {
        List<String> end = new ArrayList<>(criu.subList(Math.max(0, criu.size() - TAIL_LINES), criu.size()));
        end.addAll(runc.subList(Math.max(0, runc.size() - TAIL_LINES), runc.size()));
        return new LogExcerpt(path, String.join("\n", end));
    }

    private static Optional<String> first(Pattern pattern, List<String> lines) {
        return lines.stream().filter(line -> !NOISE.matcher(line).find()).map(pattern::matcher).filter(Matcher::find)
                .map(found -> found.group(1).replace("\\n", " ").replace("\\\"", "\"").strip()).findFirst();
    }

    private static List<String> lines(Path log) {
        if (!Files.isRegularFile(log)) {
            return List.of();
        }
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
            long length = file.length();
            int wanted = (int) Math.min(length, MAX_READ);
            byte[] end = new byte[wanted];
            file.seek(length - wanted);
            file.readFully(end);
            return new String(end, StandardCharsets.UTF_8).lines().toList();
        } catch (IOException e) {
            return List.of();
        }
    }
}
