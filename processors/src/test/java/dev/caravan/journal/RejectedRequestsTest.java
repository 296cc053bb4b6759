package dev.caravan.journal;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.request.MigrationRequest;
import dev.caravan.request.RequestRejected;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RejectedRequestsTest {
    @TempDir
    Path directory;
    private Journal journal;

    @BeforeEach
    void open() {
        journal = new Journal(directory.resolve("journal.db"));
    }

    @AfterEach
    void close() {
        journal.close();
    }

    private static MigrationRequest request(Instant issued) {
        return new MigrationRequest(UUID.randomUUID(), "web", "alpha", "beta", "stopcopy", issued,
                issued.plusSeconds(60));
    }

    @Test
    void aRejectedRequestIsKnownAfterARestartWithItsFirstReason() {
        MigrationRequest request = request(Instant.now());
        journal.rejectedRequests().requireNew(request);
        journal.rejectedRequests().add(request, "not there");
        journal.rejectedRequests().add(request, "another reason");
        close();
        open();
        assertThatThrownBy(() -> journal.rejectedRequests().requireNew(request)).isInstanceOf(RequestRejected.class)
                .hasMessageContainingAll("was rejected before", "a new id", "not there")
                .hasMessageNotContaining("another reason");
        journal.rejectedRequests().requireNew(request(Instant.now()));
    }

    @Test
    void whatNobodyWouldActOnAnyMoreIsForgotten() {
        MigrationRequest old = request(Instant.now().minus(Duration.ofHours(1)));
        journal.rejectedRequests().add(old, "not there");
        journal.rejectedRequests().add(request(Instant.now()), "not there");
        journal.rejectedRequests().requireNew(old);
    }

    @Test
    void aLongReasonIsKeptShortened() {
        MigrationRequest request = request(Instant.now());
        journal.rejectedRequests().add(request, "x".repeat(100_000));
        assertThatThrownBy(() -> journal.rejectedRequests().requireNew(request))
                .hasMessageNotContaining("x".repeat(400));
    }
}
