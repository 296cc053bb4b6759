package dev.caravan.criu;

import java.time.Duration;
import java.util.Map;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;

/**
 * Says whether this machine can checkpoint and restore. Looking starts CRIU a few times, so one look serves a minute.
 */
final class CriuHealthCheck extends AbstractHealthCheck {

    private static final long FRESH_NANOS = Duration.ofMinutes(1).toNanos();

    private final EnvironmentCheck check;
    private EnvironmentReport last;
    private long lastAt;

    CriuHealthCheck(EnvironmentCheck check, int number) {
        super("camel", "criu-" + number);
        this.check = check;
    }

    @Override
    protected synchronized void doCall(HealthCheckResultBuilder builder, Map<String, Object> options) {
        long now = System.nanoTime();
        if (last == null || now - lastAt > FRESH_NANOS) {
            last = check.run();
            lastAt = now;
        }
        last.requirements().forEach(need -> builder.detail(need.name(), need.line()));
        if (last.fit()) {
            builder.up();
        } else {
            builder.down();
            builder.message(last.shortfall());
        }
    }
}
