package dev.caravan.agent.jolokia;

import com.sun.net.httpserver.BasicAuthenticator;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/** HTTP Basic for one user, compared in constant time. */
final class LogIn extends BasicAuthenticator {
    private final String user;
    private final byte[] password;

    LogIn(String user, String password) {
        super("caravan");
        this.user = user;
        this.password = password.getBytes(StandardCharsets.UTF_8);
    }

    String user() {
        return user;
    }

    @Override
    public boolean checkCredentials(String name, String given) {
        boolean known = MessageDigest.isEqual(user.getBytes(StandardCharsets.UTF_8),
                name.getBytes(StandardCharsets.UTF_8));
        return MessageDigest.isEqual(password, given.getBytes(StandardCharsets.UTF_8)) & known;
    }
}
