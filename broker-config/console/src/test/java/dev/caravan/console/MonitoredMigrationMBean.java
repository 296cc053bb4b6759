package dev.caravan.console;

/** What an agent shows of a migration, cut down. */
public interface MonitoredMigrationMBean {
    String getStage();

    long getBytes();

    void cancel();
}
