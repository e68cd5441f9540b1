package io.kvorum.node.server.metrics;

import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.stream.Stream;

/// What Linux knows about this process, read from `/proc` when somebody asks.
final class ProcessMetrics {

  /// Fields of `/proc/self/stat` behind the command name, counted from the process state.
  private static final int STAT_USER_TICKS = 11;

  private static final int STAT_SYSTEM_TICKS = 12;

  /// The kernel reports times to programs in hundredths of a second, whatever its own tick is.
  private static final double TICKS_PER_SECOND = 100;

  private ProcessMetrics() {}

  static void register(PrometheusRegistry registry) {
    CounterWithCallback.builder()
        .name("process_cpu_seconds_total")
        .help("User and system time spent.")
        .callback(callback -> callback.call(cpuSeconds()))
        .register(registry);
    gauge(registry, "process_resident_memory_bytes", "Resident memory.", () -> kilobytes("VmRSS:"));
    gauge(registry, "process_virtual_memory_bytes", "Virtual memory.", () -> kilobytes("VmSize:"));
    gauge(registry, "process_open_fds", "Open file descriptors.", ProcessMetrics::openFiles);
    gauge(registry, "process_max_fds", "File descriptors allowed.", ProcessMetrics::maxFiles);
    gauge(registry, "os_fd_used", "Open file descriptors.", ProcessMetrics::openFiles);
    gauge(registry, "os_fd_limit", "File descriptors allowed.", ProcessMetrics::maxFiles);
    double started = System.currentTimeMillis() / 1e3;
    gauge(registry, "process_start_time_seconds", "Start, in seconds since 1970.", () -> started);
    gauge(
        registry,
        "jvm_memory_used_bytes",
        "Used heap.",
        () -> Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
    gauge(
        registry, "jvm_memory_max_bytes", "Largest heap.", () -> Runtime.getRuntime().maxMemory());
  }

  private static void gauge(
      PrometheusRegistry registry, String name, String help, DoubleSupplier value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .callback(callback -> callback.call(value.getAsDouble()))
        .register(registry);
  }

  private static double cpuSeconds() {
    String stat = String.join("", lines("/proc/self/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
    return fields.length <= STAT_SYSTEM_TICKS
        ? 0
        : (Double.parseDouble(fields[STAT_USER_TICKS])
                + Double.parseDouble(fields[STAT_SYSTEM_TICKS]))
            / TICKS_PER_SECOND;
  }

  private static double kilobytes(String field) {
    for (String line : lines("/proc/self/status")) {
      if (line.startsWith(field)) {
        return Double.parseDouble(line.substring(field.length()).replace("kB", "").strip()) * 1024;
      }
    }
    return 0;
  }

  private static double openFiles() {
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      return files.count();
    } catch (IOException _) {
      return 0;
    }
  }

  private static double maxFiles() {
    for (String line : lines("/proc/self/limits")) {
      if (line.startsWith("Max open files")) {
        String soft = line.substring("Max open files".length()).strip().split("\\s+", -1)[0];
        return soft.equals("unlimited") ? Double.POSITIVE_INFINITY : Double.parseDouble(soft);
      }
    }
    return 0;
  }

  /// Empty where there is no such file: a metric is no reason to fail.
  private static List<String> lines(String file) {
    try {
      return Files.readAllLines(Path.of(file));
    } catch (IOException _) {
      return List.of();
    }
  }
}
