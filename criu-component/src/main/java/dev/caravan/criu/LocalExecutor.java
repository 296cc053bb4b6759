package dev.caravan.criu;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs commands on this machine as children of the JVM. */
public final class LocalExecutor implements CommandExecutor {

    /** A grandchild may keep an output stream open after the command's end: how long to wait for more, in ms. */
    private static final long STRAGGLER_MILLIS = 500;

    private static final Executor READERS = task -> {
        Thread reader = new Thread(task, "command-output");
        reader.setDaemon(true);
        reader.start();
    };

    @Override
    public CommandOutcome run(Command command) throws IOException, TimeoutException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command.arguments());
        builder.environment().putAll(command.environment());
        builder.redirectInput(Redirect.from(new File("/dev/null")));
        boolean quiet = command.captured() == 0;
        if (quiet) {
            builder.redirectOutput(Redirect.DISCARD).redirectError(Redirect.DISCARD);
        }
        Process process = builder.start();
        CompletableFuture<String> output = quiet ? null : reading(process.getInputStream(), command.captured());
        CompletableFuture<String> errors = quiet ? null : reading(process.getErrorStream(), command.captured());
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

    private static CompletableFuture<String> reading(InputStream stream, int limit) {
        return CompletableFuture.supplyAsync(() -> {
            try (stream) {
                return new String(lastBytes(stream, limit), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }, READERS);
    }

    private static byte[] lastBytes(InputStream stream, int limit) throws IOException {
        byte[] kept = new byte[2 * limit];
        int length = 0;
        for (int read = stream.read(kept, length, kept.length - length); read >= 0; read = stream.read(kept, length,
                kept.length - length)) {
            length += read;
            if (length == kept.length) {
                System.arraycopy(kept, length - limit, kept, 0, limit);
                length = limit;
            }
        }
        int start = Math.max(0, length - limit);
        return Arrays.copyOfRange(kept, start, length);
    }

    private static String text(CompletableFuture<String> stream) throws InterruptedException {
        if (stream == null) {
            return "";
        }
        try {
            return stream.get(STRAGGLER_MILLIS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            return "";
        }
    }
}
