echo ${APP_MODE:-plain}
