package io.kvorum.bench;

/// What one run of a case showed.
///
/// @param cpuSeconds of all server processes per 1,000 requests
/// @param loadCpuSeconds of this program per 1,000 requests
/// @param residentMegabytes of all server processes, at the end of the run
record Measurement(
    double ratePerSecond,
    double medianMillis,
    double p99Millis,
    double cpuSeconds,
    double loadCpuSeconds,
    double residentMegabytes,
    long failed) {}
