package dev.caravan.broker;

import java.util.regex.Pattern;

/** The name of a user of the console, which goes to the agents in a header: 1 to 64 letters, digits and {@code _ . @ + -}. */
public final class UserName {
    private static final Pattern NAME = Pattern.compile("[\\w.@+-]{1,64}");

    private UserName() {
    }

    /** Whether {@code text} is one. */
    public static boolean is(String text) {
        return NAME.matcher(text).matches();
    }
}
