import com.adobe.testing.s3mock.S3MockApplication;
import com.adobe.testing.s3mock.store.BucketMetadata;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.File;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.StampedLock;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.converter.json.Jackson2ObjectMapperBuilder;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * S3Mock, but what it knows of a bucket stays in memory until it ends. It would read the keys of all objects of the bucket from a file for
 * each request, and write them all for each object that comes or goes, one request after another: some thousand are its end.
 */
@Configuration(proxyBeanMethods = false)
public class S3Server {
  public static void main(String[] args) {
    String[] settings = Arrays.copyOf(args, args.length + 1);
    settings[args.length] = "--spring.main.sources=S3Server";
    S3MockApplication.main(settings);
  }

  @Bean
  ObjectMapper objectMapper(Jackson2ObjectMapperBuilder builder) {
    return new Remembering(builder.build());
  }

  /**
   * S3 looks and writes in one step, and whoever reads has all of one state. S3Mock looks, then writes into the file that others read: objects
   * that somebody writes on a condition are read by many or written by one at a time.
   */
  @Bean
  OncePerRequestFilter conditionsHold() {
    return new OncePerRequestFilter() {
      private final Map<String, StampedLock> conditional = new ConcurrentHashMap<>();

      @Override
      protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain next)
          throws ServletException, IOException {
        String object = request.getRequestURI();
        boolean isRead = Set.of("GET", "HEAD").contains(request.getMethod());
        if (!isRead && (request.getHeader("If-Match") != null || request.getHeader("If-None-Match") != null)) {
          conditional.computeIfAbsent(object, key -> new StampedLock());
        }
        StampedLock known = conditional.get(object);
        if (known == null) {
          next.doFilter(request, response);
          return;
        }
        long stamp = isRead ? known.readLock() : known.writeLock();
        try {
          next.doFilter(request, response);
        } finally {
          // Bytes of an object leave after this thread.
          if (request.isAsyncStarted()) request.getAsyncContext().addListener(new Unlocking(known, stamp));
          else known.unlock(stamp);
        }
      }
    };
  }

  record Unlocking(StampedLock lock, long stamp) implements AsyncListener {
    @Override
    public void onComplete(AsyncEvent event) {
      lock.unlock(stamp);
    }

    @Override
    public void onTimeout(AsyncEvent event) {}

    @Override
    public void onError(AsyncEvent event) {}

    @Override
    public void onStartAsync(AsyncEvent event) {}
  }

  static class Remembering extends ObjectMapper implements DisposableBean {
    private final Map<File, BucketMetadata> buckets = new ConcurrentHashMap<>();

    Remembering(ObjectMapper mapper) {
      super(mapper);
    }

    @Override
    public <T> T readValue(File file, Class<T> type) throws IOException {
      if (type != BucketMetadata.class) return super.readValue(file, type);
      BucketMetadata known = buckets.get(file);
      if (known == null) buckets.put(file, known = super.readValue(file, BucketMetadata.class));
      return type.cast(copyOf(known));
    }

    @Override
    public void writeValue(File file, Object value) throws IOException {
      // That there is a file says that there is a bucket.
      if (!(value instanceof BucketMetadata) || !file.exists()) super.writeValue(file, value);
      if (value instanceof BucketMetadata) buckets.put(file, (BucketMetadata) value);
    }

    /** Whoever is given one puts keys into it. */
    private static BucketMetadata copyOf(BucketMetadata it) {
      return new BucketMetadata(it.name(), it.creationDate(), it.versioningConfiguration(),
          it.objectLockConfiguration(), it.bucketLifecycleConfiguration(), it.objectOwnership(), it.path(),
          it.bucketRegion(), it.bucketInfo(), it.locationInfo(), new HashMap<>(it.objects()));
    }

    @Override
    public void destroy() throws IOException {
      for (Map.Entry<File, BucketMetadata> each : buckets.entrySet())
        if (each.getKey().exists()) super.writeValue(each.getKey(), each.getValue());
    }
  }
}
