/** Where the dashboard's pages are. The session's cookie is sent to all of them and nowhere else. */
export const ADMIN_PATH = "/admin";
export const BOARD_PATH = `${ADMIN_PATH}/queues`;
export const SIGN_IN_PATH = `${ADMIN_PATH}/login`;
export const SIGN_OUT_PATH = `${ADMIN_PATH}/logout`;
export const jobPath = (id: string): string => `${ADMIN_PATH}/jobs/${id}`;
export const deliveryPath = (id: string): string => `${ADMIN_PATH}/deliveries/${id}`;
