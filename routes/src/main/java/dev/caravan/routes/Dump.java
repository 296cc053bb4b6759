package dev.caravan.routes;

/** A dump that is taken while its images are already being sent. */
final class Dump {
    private volatile boolean ended;

    /** Whether it has written its last byte, or failed. */
    boolean hasEnded() {
        return ended;
    }

    void end() {
        ended = true;
    }
}
