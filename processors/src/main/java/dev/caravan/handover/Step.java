package dev.caravan.handover;

import java.util.Locale;

/** What a side does to the world, or works out, within a reaction. Every step may be repeated after a crash. */
public enum Step {
    /** Source: make its half of the handshake. */
    OFFER,
    /** Destination: make the other half, and quote. */
    ANSWER,
    /** Source: appraise the destination, and quote. */
    APPRAISE_DESTINATION,
    /** Destination: appraise the source, derive keys, open the stream. */
    APPRAISE_SOURCE,
    /** Source: check the confirmation, open the stream. */
    ESTABLISH,
    /** Source: look at the container and describe it by the stream. */
    DESCRIBE,
    /** Destination: judge the description, make room. */
    PREPARE,
    /** Source: send the root file system while the container runs. */
    SYNC,
    /** Source: make room for images, look once more for what cannot be dumped. */
    EXAMINE,
    /** Source: fence the container's network, then pause it. */
    FREEZE,
    /** Source: dump and send memory, and what has changed; all but the last message. */
    TRANSFER,
    /** Source: send the last message, whose digest the journal has. */
    SEND_LAST,
    /** Destination: restore up to the gate. */
    RESTORE,
    /** Destination: quote again, bound to all that was received, and journal what the source is to be told. */
    REPORT_HELD,
    /** Source: check what the destination holds against what was sent and expected. */
    VERIFY_HELD,
    /** Source: take the container's link down. */
    LET_GO,
    /** Destination: take the link up, open the gate, wait for what becomes of the container. */
    OPEN_GATE,
    /** Source: kill its frozen copy, remove what is left of it. */
    RELEASE,
    /** Either side: wipe the images. */
    WIPE,
    /** Source: link up, thaw, unfence, wipe; the container goes on. */
    UNDO_SOURCE,
    /** Either side: note, where no full disk hinders it, that this migration only goes back. */
    ABANDON,
    /** Destination: shut the gate for good, remove what was made. */
    UNDO_DESTINATION,
    /** Destination: see to it that nothing of the container lives any more, wipe images, keep its files. */
    KEEP_FILES;

    /** The step's name in tables, for example {@code open-gate}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
