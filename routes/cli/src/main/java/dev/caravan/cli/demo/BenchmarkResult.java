package dev.caravan.cli.demo;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What the benchmark measured; {@code --json} prints it.
 *
 * @param pairs                each migration with the move by hand before it
 * @param cipherMibPerSecond   how fast one core seals records with AES-256-GCM
 * @param loopbackMibPerSecond how fast one TCP connection carries bytes on this machine
 * @param rescanMillis         how long it takes, while a container stands still, to see that its 10 000 files are unchanged
 */
public record BenchmarkResult(List<Pair> pairs, double cipherMibPerSecond, double loopbackMibPerSecond,
        double rescanMillis) {

    /**
     * One migration and one move by hand.
     *
     * @param memoryBytes        size of the checkpoint
     * @param transferringMillis how long it took from one host to the other
     */
    public record Pair(long downtimeMillis, long clientGapMillis, long byHandDowntimeMillis, long byHandGapMillis,
            long memoryBytes, long transferringMillis) {

        /** Our downtime as a multiple of that by hand. */
        @JsonProperty
        public double ratio() {
            return (double) downtimeMillis / byHandDowntimeMillis;
        }

        /** How fast memory went from one host to the other. */
        @JsonProperty
        public double mibPerSecond() {
            return memoryBytes / (double) (1 << 20) * 1000 / Math.max(1, transferringMillis);
        }
    }

    /** The median over the pairs of our downtime as a multiple of that by hand. */
    @JsonProperty
    public double medianRatio() {
        return median(Pair::ratio);
    }

    /** The median over the pairs. */
    public double median(ToDoubleFunction<Pair> figure) {
        double[] sorted = pairs.stream().mapToDouble(figure).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
