package dev.caravan.cli;

import dev.caravan.broker.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;

/** What commands that run until they are stopped share. */
final class Services {
    private Services() {
    }

    /** Reads a configuration file. */
    static Properties read(Path file) {
        try {
            return Settings.read(file);
        } catch (IOException e) {
            throw new CommandFailed(CommandFailed.ENVIRONMENT, "cannot read the configuration " + file + ": " + e);
        }
    }

    /** Waits for the signal to end, then closes the service. */
    static void serve(AutoCloseable service) throws InterruptedException {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                service.close();
            } catch (Exception e) {
                System.err.println("caravan: not closed cleanly: " + e);
            }
        }));
        new CountDownLatch(1).await();
    }
}
