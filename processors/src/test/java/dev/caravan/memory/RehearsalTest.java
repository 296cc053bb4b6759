package dev.caravan.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RehearsalTest {
    @TempDir
    Path directory;

    private final ExecutorService broker = Executors.newSingleThreadExecutor();

    @AfterEach
    void stop() {
        broker.shutdownNow();
    }

    @Test
    void whatIsSentArrivesAndNothingIsLeft() throws IOException {
        AtomicReference<Rehearsal> self = new AtomicReference<>();
        self.set(new Rehearsal((id, wire) -> broker.execute(() -> self.get().accept(wire))));

        self.get().run(directory, Duration.ZERO);

        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void whatAKilledAgentLeftIsNotInTheWay() throws IOException {
        Files.writeString(ImageDirectory.create(directory, "rehearsal-from").resolve("pages-1.img"), "left");
        Files.writeString(ImageDirectory.create(directory, "rehearsal-to").resolve("pages-1.img"), "left");
        AtomicReference<Rehearsal> self = new AtomicReference<>();
        self.set(new Rehearsal((id, wire) -> broker.execute(() -> self.get().accept(wire))));

        self.get().run(directory, Duration.ZERO);

        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void saysWhenNothingArrives() {
        assertThatThrownBy(() -> new Rehearsal((id, wire) -> {
        }).run(directory, Duration.ZERO)).isInstanceOf(IOException.class).hasMessageContaining("acknowledge");
        assertThat(directory).isEmptyDirectory();
    }
}
