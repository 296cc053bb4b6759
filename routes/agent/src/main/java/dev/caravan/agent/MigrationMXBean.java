package dev.caravan.agent;

/** A migration in the tree {@code dev.caravan:type=Migration,name=…}. Times in milliseconds, sizes in bytes. */
public interface MigrationMXBean {
    String getContainer();

    /** {@code source} or {@code destination}: the part that this platform plays. */
    String getRole();

    String getSource();

    String getDestination();

    String getStage();

    /** Rounds of memory transfer so far. */
    int getRounds();

    /** Bytes of the container that were sent or received. */
    long getBytesDone();

    /** Estimate of what there is to send. */
    long getBytesTotal();

    /** Ciphertext handed to the broker. */
    long getBytesSent();

    long getBytesPerSecond();

    /** How long the container stood still; -1 if it never did, or is still. */
    long getDowntimeMillis();

    /** What this platform found of the other: affirming, contraindicated or none. */
    String getVerdict();

    /** Why it ended as it did; empty for a completed migration. */
    String getReason();

    /** Ends the migration; fails once it has committed. */
    void cancel();
}
