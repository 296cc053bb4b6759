package dev.caravan.criu;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs commands on this machine as children of the JVM. */
public final class LocalExecutor implements CommandExecutor {

    /** A grandchild may keep an output stream open after the command's end: how long to wait for more, in ms. */
    private static final long STRAGGLER_MILLIS = 2000;

    private static final Executor STREAMS = task -> {
        Thread thread = new Thread(task, "command-streams");
        thread.setDaemon(true);
        thread.start();
    };

    @Override
    public CommandOutcome run(Command command) throws IOException, TimeoutException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command.arguments());
        builder.environment().putAll(command.environment());
        if (command.input().isEmpty()) {
            builder.redirectInput(Redirect.from(new File("/dev/null")));
        }
        boolean quiet = command.captured() == 0;
        if (quiet) {
            builder.redirectOutput(Redirect.DISCARD).redirectError(Redirect.DISCARD);
        }
        Process process = builder.start();
        LastBytes output = quiet ? null : reading(process.getInputStream(), command.captured());
        LastBytes errors = quiet ? null : reading(process.getErrorStream(), command.captured());
        if (!command.input().isEmpty()) {
            STREAMS.execute(() -> write(command.input(), process.getOutputStream()));
        }
        try {
            if (!process.waitFor(command.timeout().toMillis(), TimeUnit.MILLISECONDS)) {
                throw new TimeoutException(
                        command.program() + " did not end within " + command.timeout().toSeconds() + " s");
            }
        } catch (InterruptedException | TimeoutException e) {
            // first the list: what loses its parent is nobody's descendant any more
            List<ProcessHandle> started = command.killsDescendants() ? process.descendants().toList() : List.of();
            process.destroyForcibly();
            started.forEach(ProcessHandle::destroyForcibly);
            throw e;
        }
        return new CommandOutcome(process.exitValue(), text(output), text(errors));
    }

    private static void write(String input, OutputStream stream) {
        try (stream) {
            stream.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // it ended before it had read everything: its exit status tells whether that is a failure
            return;
        }
    }

    private static LastBytes reading(InputStream stream, int limit) {
        LastBytes bytes = new LastBytes(limit);
        STREAMS.execute(() -> bytes.readFrom(stream));
        return bytes;
    }

    private static String text(LastBytes stream) throws InterruptedException {
        return stream == null ? "" : stream.text(STRAGGLER_MILLIS);
    }
}
