package dev.caravan.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.stream.BatchChannel;
import dev.caravan.stream.BatchHandler;
import dev.caravan.stream.BatchKind;
import dev.caravan.stream.BatchSettings;
import dev.caravan.stream.SessionPair;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A side is given up for silence, not for taking long. */
@Timeout(60)
class SilenceTest {
    private final DestinationMigration migration = new DestinationMigration(SessionPair.MIGRATION, "web", "alpha",
            "beta");
    private final SessionPair sessions = SessionPair.establish();
    private final AtomicReference<BatchChannel> here = new AtomicReference<>();
    private final AtomicReference<BatchChannel> there = new AtomicReference<>();

    @AfterEach
    void close() {
        there.get().close();
        here.get().close();
    }

    private void connect(BatchHandler peer) {
        there.set(new BatchChannel(sessions.source(), wire -> here.get().accept(wire), peer,
                BatchSettings.defaults()));
        here.set(new BatchChannel(sessions.destination(), wire -> there.get().accept(wire), batch -> {
        }, BatchSettings.defaults()));
        migration.channel(here.get());
    }

    @Test
    void aPeerWhoseWorkTakesLongIsNotSilent() throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        connect(batch -> {
            try {
                done.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        migration.expectPeer();
        here.get().send(BatchKind.WANT, 0, false, new byte[1], 0, 1);

        for (int i = 0; i < 3; i++) {
            assertIsHeardOf();
        }
        done.countDown();
    }

    @Test
    void aPeerThatWaitsForThisSideIsNotSilent() {
        connect(batch -> {
        });
        migration.expectPeer();
        assertIsHeardOf();
    }

    @Test
    void aPeerThatHasEndedIsSilentUntilNobodyWaitsForIt() {
        connect(batch -> {
        });
        migration.expectPeer();
        there.get().close();
        Duration longest = Duration.ofMillis(2_500);
        await().until(() -> migration.silence().compareTo(longest) > 0);

        migration.expectNothing();
        assertThat(migration.silence()).isZero();
    }

    /** Silence only grows, but for a sign of life. */
    private void assertIsHeardOf() {
        Duration[] longest = {migration.silence()};
        await().pollInterval(Duration.ofMillis(5)).until(() -> {
            Duration now = migration.silence();
            boolean heard = now.compareTo(longest[0]) < 0;
            longest[0] = now;
            return heard;
        });
    }
}
