package dev.caravan.wire;

/** Text of another party in a sentence of ours: short, on one line, without control characters. */
public final class Excerpt {
    /** A reason in an event, a header, a log or a dead letter has at most this many characters. */
    public static final int REASON = 1000;
    /** A value that a reason quotes has at most this many characters. */
    public static final int VALUE = 80;

    private static final char ELLIPSIS = '…';

    private Excerpt() {
    }

    /** {@code text} as a reason. */
    public static String reason(String text) {
        return of(text, REASON);
    }

    /** {@code value} as a reason quotes it. */
    public static String value(Object value) {
        return of(String.valueOf(value), VALUE);
    }

    /** At most {@code max} characters of {@code text}, the last an ellipsis where something is left out. */
    public static String of(String text, int max) {
        if (text == null) {
            return "";
        }
        int end = text.length() <= max ? text.length() : max - 1;
        if (end < text.length() && Character.isHighSurrogate(text.charAt(end - 1))) {
            end--;
        }
        StringBuilder excerpt = new StringBuilder(end + 1);
        text.codePoints().limit(text.codePointCount(0, end)).forEach(c -> excerpt.appendCodePoint(plain(c)));
        return end < text.length() ? excerpt.append(ELLIPSIS).toString() : excerpt.toString();
    }

    /** Whoever writes a log or a terminal must not be able to forge a line or turn the direction of text. */
    private static int plain(int c) {
        int type = Character.getType(c);
        boolean steers = type == Character.CONTROL || type == Character.FORMAT || type == Character.SURROGATE
                || type == Character.LINE_SEPARATOR || type == Character.PARAGRAPH_SEPARATOR;
        return steers ? '?' : c;
    }
}
