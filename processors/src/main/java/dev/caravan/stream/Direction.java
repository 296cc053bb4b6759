package dev.caravan.stream;

import dev.caravan.journal.Role;

/** Which way a batch travels. Each direction has its own key and its own numbers. */
public enum Direction {

    TO_DESTINATION(1), TO_SOURCE(2);

    private final int code;

    Direction(int code) {
        this.code = code;
    }

    /** The direction in which {@code role} sends. */
    public static Direction from(Role role) {
        return role == Role.SOURCE ? TO_DESTINATION : TO_SOURCE;
    }

    int code() {
        return code;
    }

    static Direction of(int code) throws BatchRejected {
        for (Direction direction : values()) {
            if (direction.code == code) {
                return direction;
            }
        }
        throw new BatchRejected(BatchRejected.Reason.MALFORMED, "unknown direction " + code);
    }
}
