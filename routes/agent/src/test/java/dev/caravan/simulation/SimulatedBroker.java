package dev.caravan.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A broker that keeps what it has, and delivers it when and as often as it likes. */
final class SimulatedBroker {
    private final Map<String, List<Letter>> queues = new TreeMap<>();
    private boolean away;
    private int numbers;

    /** One message. */
    record Letter(int number, String address, String what, byte[] body, Map<String, Object> headers, int attempts) {
        Letter again() {
            return new Letter(number, address, what, body, headers, attempts + 1);
        }

        @Override
        public String toString() {
            return what + " (" + number + ")";
        }
    }

    /** It cannot be reached. */
    static final class Away extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Away() {
            super("the broker is away", null, false, false);
        }
    }

    synchronized void away(boolean gone) {
        away = gone;
    }

    synchronized boolean isAway() {
        return away;
    }

    synchronized void send(String address, String what, byte[] body, Map<String, Object> headers) {
        if (away) {
            throw new Away();
        }
        add(address, what, body, headers);
    }

    /** What an operator asks for; whoever cannot reach the broker does not ask. */
    synchronized void ask(String what, byte[] body, Map<String, Object> headers) {
        add("caravan.requests", what, body, headers);
    }

    private void add(String address, String what, byte[] body, Map<String, Object> headers) {
        queue(address).add(new Letter(numbers++, address, what, body, Map.copyOf(headers), 0));
    }

    synchronized void put(Letter letter) {
        queue(letter.address()).add(letter);
    }

    synchronized List<Letter> waiting(String address) {
        return List.copyOf(queue(address));
    }

    synchronized void remove(Letter letter) {
        queue(letter.address()).remove(letter);
    }

    private List<Letter> queue(String address) {
        return queues.computeIfAbsent(address, any -> new ArrayList<>());
    }
}
