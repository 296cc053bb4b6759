package dev.caravan.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ProgramTest {
    @Test
    void complaintsAreNoPartOfTheOutput() {
        assertThat(Program.run("sh", "-c", "echo one is gone >&2; echo []")).isEqualTo("[]\n");
    }

    @Test
    void aFailureTellsAllThatWasSaid() {
        assertThatThrownBy(() -> Program.run("sh", "-c", "echo half; echo broken >&2; exit 3"))
                .isInstanceOf(LabFailed.class).hasMessageContaining("half").hasMessageContaining("broken");
    }
}
