package dev.caravan.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Whatever happens to agents, machines, messages and disks: in the end one copy runs, and nothing is left behind. */
class SimulationTest {
    private static final long SEEDS = Long.getLong("caravan.simulation.seeds", 300);
    private static final Long SEED = Long.getLong("caravan.simulation.seed");

    private static final int SHOWN = 3;
    private static final Logger LOG = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private static final Path MEMORY = Path.of("/dev/shm");

    @TempDir
    static Path directory;
    private static Path worlds;
    private static Authorities authorities;
    private static Level logged;

    /** A journal writes through to its disk: where there is a disk in memory, this does not take its time. */
    @BeforeAll
    static void enrol() throws Exception {
        logged = LOG.getLevel();
        LOG.setLevel(Level.OFF); // thousands of failures that are meant
        worlds = Files.createTempDirectory(Files.isWritable(MEMORY) ? MEMORY : directory, "caravan-simulation");
        authorities = new Authorities(directory.resolve("authorities"), Simulation.NAMES);
    }

    @AfterAll
    static void close() throws Exception {
        authorities.close();
        SimulatedHost.delete(worlds);
        LOG.setLevel(logged);
    }

    @Test
    void exactlyOneCopyRunsInTheEndWhateverHappens() throws Exception {
        long first = SEED == null ? 0 : SEED;
        long end = SEED == null ? SEEDS : SEED + 1;
        Map<Long, String> failures = new TreeMap<>();
        for (long seed = first; seed < end && failures.size() < SHOWN; seed++) {
            try (Simulation simulation = simulation(seed)) {
                simulation.run();
                if (SEED != null) {
                    System.out.println(simulation);
                }
            } catch (Simulation.Failed failed) {
                failures.put(seed, failed.getMessage());
            }
        }
        assertThat(failures.values()).as("histories that end badly, by their seeds: " + failures.keySet()).isEmpty();
    }

    @Test
    void theSameSeedHasTheSameHistory() throws Exception {
        for (long seed : List.of(1L, 7L, 42L)) {
            assertThat(history(seed)).as("seed " + seed).isEqualTo(history(seed));
        }
    }

    private static String history(long seed) throws Exception {
        try (Simulation simulation = simulation(seed)) {
            simulation.run();
            return simulation.toString();
        }
    }

    private static Simulation simulation(long seed) throws Exception {
        return new Simulation(seed, authorities, Files.createTempDirectory(worlds, "seed"));
    }
}
