package dev.caravan.agent;

/** The agent in the tree {@code dev.caravan:type=Agent,name=…}. */
public interface AgentMXBean {
    /** The platform's name. */
    String getName();

    /** What this host shows and its journal does not explain, each with what to do; empty if all fits. */
    String[] getDiscrepancies();
}
