package dev.caravan.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.slf4j.LoggerFactory;

/** How much a command logs: commands that end stay silent unless asked, services log to standard error. */
final class Logging {
    private Logging() {
    }

    static void configure(boolean verbose) {
        root().setLevel(verbose ? Level.INFO : Level.ERROR);
    }

    /** For a command that runs until it is stopped. */
    static void service() {
        root().setLevel(Level.INFO);
    }

    private static Logger root() {
        return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    }
}
