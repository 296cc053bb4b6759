package dev.caravan.command;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Runs programs on this machine, in the C locale so that what they print can be read. */
public final class LocalCommands implements CommandRunner {
    /** A program may write this many bytes to its standard output; more kills it. */
    public static final int MAX_OUTPUT = 64 << 20;

    private static final int MAX_COMPLAINT = 1 << 20;
    private static final Executor STREAMS = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "command-streams");
        thread.setDaemon(true);
        return thread;
    });

    @Override
    public byte[] run(Command command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command.arguments());
        builder.environment().put("LC_ALL", "C");
        Process process = builder.start();
        try {
            CompletableFuture<byte[]> output = read(process.getInputStream(), MAX_OUTPUT);
            CompletableFuture<byte[]> complaint = read(process.getErrorStream(), MAX_COMPLAINT);
            feed(process.getOutputStream(), command.input());
            if (!process.waitFor(command.timeout().toMillis(), TimeUnit.MILLISECONDS)) {
                throw new CommandFailed(command, CommandFailed.KILLED, "no end after " + command.timeout(),
                        new byte[0]);
            }
            byte[] written = output.join();
            if (written.length > MAX_OUTPUT) {
                throw new CommandFailed(command, CommandFailed.KILLED,
                        "more than " + MAX_OUTPUT + " bytes of output", new byte[0]);
            }
            if (process.exitValue() != 0) {
                throw new CommandFailed(command, process.exitValue(),
                        new String(complaint.join(), StandardCharsets.UTF_8), written);
            }
            return written;
        } catch (CompletionException e) {
            throw new IOException("cannot read what " + command + " wrote", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for " + command);
        } finally {
            process.destroyForcibly();
        }
    }

    /** Reads up to one byte more than {@code limit}, then closes the pipe, which ends a program that writes on. */
    private static CompletableFuture<byte[]> read(InputStream stream, int limit) {
        return CompletableFuture.supplyAsync(() -> {
            try (stream) {
                return stream.readNBytes(limit + 1);
            } catch (IOException e) {
                throw new CompletionException(e);
            }
        }, STREAMS);
    }

    private static void feed(OutputStream stream, byte[] input) throws IOException {
        if (input.length == 0) {
            stream.close();
            return;
        }
        STREAMS.execute(() -> {
            try (stream) {
                stream.write(input);
            } catch (IOException e) {
                // The program has ended without reading everything; its exit status tells whether that is a failure.
                return;
            }
        });
    }
}
