package dev.caravan.routes;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** Hears everything that is logged: whoever sends rubbish must not fill the log with stack traces, nor forge lines. */
public final class QuietLog extends AppenderBase<ILoggingEvent> implements AutoCloseable {
    private final List<ILoggingEvent> heard = new CopyOnWriteArrayList<>();
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);

    public QuietLog() {
        start();
        root.addAppender(this);
    }

    @Override
    protected void append(ILoggingEvent event) {
        heard.add(event);
    }

    /** Whether an error was logged that has {@code text} in its line. */
    boolean hasError(String text) {
        return heard.stream().anyMatch(
                event -> event.getLevel() == Level.ERROR && event.getFormattedMessage().contains(text));
    }

    public void assertQuiet() {
        assertThat(heard).as("stack traces")
                .noneMatch(event -> event.getThrowableProxy() != null && event.getLevel().levelInt > 20_000);
        assertThat(heard).as("lines").noneMatch(event -> event.getFormattedMessage().contains("\nforged"));
    }

    @Override
    public void close() {
        root.detachAppender(this);
        stop();
    }
}
