package dev.caravan.wire;

import java.util.regex.Pattern;

/** The name of a platform: it becomes part of addresses and of directories, so nothing else may be in it. */
public final class PlatformName {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?");

    private PlatformName() {
    }

    /** Whether {@code text} is one. */
    public static boolean is(String text) {
        return text != null && NAME.matcher(text).matches();
    }
}
