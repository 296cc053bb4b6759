package dev.caravan.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ten runs, whatever their first seed, run every cell of the matrix once. */
class CrashMatrixTest {
    private final CrashMatrix matrix = CrashMatrix.of(Stream.of(Role.values())
            .flatMap(role -> Stream.of(Stage.values()).map(stage -> new Transition(role, stage))).toList(), "one",
            "two");

    @ParameterizedTest
    @ValueSource(longs = {0, 7, 123_456_789_012L, Long.MAX_VALUE - 20})
    void tenRunsInARowRunEveryCellOnce(long first) {
        List<CrashCell> run = new ArrayList<>();
        for (long seed = first; seed < first + CrashMatrix.SHARES; seed++) {
            run.addAll(matrix.share(seed));
        }
        assertThat(run).containsExactlyInAnyOrderElementsOf(matrix.cells()).doesNotHaveDuplicates();
    }

    @Test
    void everyShareTakesAsLongAndHasBothDirections() {
        for (long seed = 0; seed < CrashMatrix.SHARES; seed++) {
            List<CrashCell> share = matrix.share(seed);
            assertThat(share).hasSizeBetween(matrix.cells().size() / CrashMatrix.SHARES - 1,
                    matrix.cells().size() / CrashMatrix.SHARES + 2);
            long there = share.stream().filter(cell -> cell.source().equals("one")).count();
            assertThat(2 * there).isBetween(share.size() - 2L, share.size() + 2L);
        }
    }

    @Test
    void whatComesAndGoesIsKilledOnlyWhenItIsThere() {
        assertThat(matrix.cells().stream().filter(cell -> cell.fault() == Fault.DUMP_CRIU).map(CrashCell::at))
                .containsOnly(new Transition(Role.SOURCE, Stage.TRANSFERRING));
        assertThat(matrix.cells().stream().filter(cell -> cell.fault() == Fault.GATE_SCRIPT).map(CrashCell::at))
                .containsOnly(Fault.RESTORE);
    }

    @Test
    void theSeedIsTheRunsNumberElseTheNextElseAny(@TempDir Path directory) throws Exception {
        Path last = directory.resolve("seed");
        assertThat(CrashSeed.next(Map.of(), last, new Random(1))).isBetween(0L, CrashMatrix.SHARES - 1L);
        Files.writeString(last, "41\n");
        assertThat(CrashSeed.next(Map.of(), last, new Random(1))).isEqualTo(42);
        assertThat(CrashSeed.next(Map.of("BUILD_NUMBER", "release-7"), last, new Random(1))).isEqualTo(42);
        assertThat(CrashSeed.next(Map.of("BUILD_NUMBER", "7"), last, new Random(1))).isEqualTo(7);
    }
}
