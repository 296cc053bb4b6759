package dev.caravan.console;

import java.nio.charset.StandardCharsets;

/**
 * What the browser gets to see of an agent's answer.
 *
 * @param status      HTTP's
 * @param contentType of {@code body}; never HTML or a script, whatever the agent says
 * @param body        the answer, or in a sentence why there is none
 */
record AgentAnswer(int status, String contentType, byte[] body) {

    static AgentAnswer json(String json) {
        return new AgentAnswer(200, "application/json", json.getBytes(StandardCharsets.UTF_8));
    }

    static AgentAnswer error(int status, String why) {
        return new AgentAnswer(status, "text/plain;charset=UTF-8", why.getBytes(StandardCharsets.UTF_8));
    }
}
