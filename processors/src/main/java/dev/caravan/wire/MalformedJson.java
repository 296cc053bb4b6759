package dev.caravan.wire;

import java.io.IOException;

/** JSON of another party that is none, or not what it should be; the message names the field and what is allowed. */
public class MalformedJson extends IOException {
    private static final long serialVersionUID = 1L;

    public MalformedJson(String reason) {
        super(Excerpt.reason(reason));
    }
}
