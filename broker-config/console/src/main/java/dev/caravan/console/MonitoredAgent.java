package dev.caravan.console;

import java.io.Serializable;
import java.net.URI;

/**
 * An agent that the console may show.
 *
 * @param name     the platform's name
 * @param url      its Jolokia, for example {@code https://10.0.0.11:8778/jolokia}
 * @param user     Jolokia's user; the browser never sees it
 * @param password that user's password
 */
public record MonitoredAgent(String name, URI url, String user, String password) implements Serializable {
    /** Where the console's proxy offers this agent: {@code /https/10.0.0.11/8778/jolokia}. */
    String proxyPath() {
        return "/" + url.getScheme() + "/" + url.getHost() + "/" + url.getPort() + url.getPath();
    }

    @Override
    public String toString() {
        return name + " at " + url;
    }
}
