package io.kvorum.node.server.metrics;

import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.LongAdder;

/// What a registry holds, as a page; it counts how often it is asked for.
final class MetricsPage implements MetricsText {

  private final PrometheusRegistry registry;
  private final ExpositionFormats formats = ExpositionFormats.init();
  private final LongAdder scrapes = new LongAdder();

  MetricsPage(PrometheusRegistry registry) {
    this.registry = registry;
    CounterWithCallback.builder()
        .name("promhttp_metric_handler_requests_total")
        .help("Scrapes.")
        .labelNames("code")
        .callback(callback -> callback.call(scrapes.doubleValue(), "200"))
        .register(registry);
  }

  @Override
  public Page scrape(String accept) {
    scrapes.increment();
    ExpositionFormatWriter writer = formats.findWriter(accept.isEmpty() ? null : accept);
    var body = new ByteArrayOutputStream();
    try {
      writer.write(body, registry.scrape(), EscapingScheme.fromAcceptHeader(accept));
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
    return new Page(writer.getContentType(), body.toString(StandardCharsets.UTF_8));
  }
}
