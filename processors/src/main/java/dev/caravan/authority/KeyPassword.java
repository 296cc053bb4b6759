package dev.caravan.authority;

import java.io.IOException;

/** Where the password comes from under which authorities' keys are stored. */
public interface KeyPassword {
    /** The password; the caller overwrites it. */
    char[] read() throws IOException;

    /** The password for a key that is stored under it from now on; made if there is none. The caller overwrites it. */
    default char[] readOrMake() throws IOException {
        return read();
    }

    /** What a message calls it, for example {@code the password in /etc/caravan/key-password}. */
    String description();
}
