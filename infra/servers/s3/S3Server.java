import com.adobe.testing.s3mock.S3MockApplication;
import com.adobe.testing.s3mock.store.BucketMetadata;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.converter.json.Jackson2ObjectMapperBuilder;

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
