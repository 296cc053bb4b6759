package dev.caravan.console;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Who has tried how often to log in, so that nobody guesses at leisure. Each try counts before the password is looked at,
 * so that many at a time are no way round; one that succeeds is forgotten.
 */
final class FailedLogIns {
    /** Tries of one user from one address. */
    static final int MAX_FOR_USER = 5;
    /** Tries from one address, whatever the users. */
    static final int MAX_FOR_ADDRESS = 20;
    /** From the last try that counted. */
    static final Duration LOCKED = Duration.ofMinutes(5);
    static final int MAX_REMEMBERED = 10_000;

    private static final int MAX_NAME = 64;

    private final Clock clock;
    private final Map<String, Tries> tries = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Tries> eldest) {
            return size() > MAX_REMEMBERED;
        }
    };

    private record Tries(int count, Instant last) {
    }

    FailedLogIns(Clock clock) {
        this.clock = clock;
    }

    /** Counts a try, unless it has to wait; gives how long, zero if it may go on. */
    synchronized Duration begin(String address, String user) {
        Duration wait = longer(left(address, MAX_FOR_ADDRESS), left(key(address, user), MAX_FOR_USER));
        if (wait.isZero()) {
            count(address);
            count(key(address, user));
        }
        return wait;
    }

    /** Forgets the tries of a user who has logged in. */
    synchronized void succeeded(String address, String user) {
        tries.remove(address);
        tries.remove(key(address, user));
    }

    synchronized int remembered() {
        return tries.size();
    }

    private void count(String key) {
        Tries before = tries.get(key);
        int count = before == null || left(before).compareTo(Duration.ZERO) <= 0 ? 0 : before.count();
        tries.put(key, new Tries(count + 1, clock.instant()));
    }

    private Duration left(String key, int allowed) {
        Tries before = tries.get(key);
        return before == null || before.count() < allowed ? Duration.ZERO : longer(left(before), Duration.ZERO);
    }

    private Duration left(Tries before) {
        return Duration.between(clock.instant(), before.last().plus(LOCKED));
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }

    private static String key(String address, String user) {
        return address + "\n" + (user.length() <= MAX_NAME ? user : user.substring(0, MAX_NAME));
    }
}
